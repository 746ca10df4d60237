// Imported first by each system: it ends when the bench does, however that ended.
process.once('disconnect', () => process.exit());
