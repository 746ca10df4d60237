-- The records of pictures are ordered as every store lists its keys: byte by byte, whatever the database's own locale. So the
-- data checks hold the two beside each other in one pass, by the primary key's index.
ALTER TABLE assets ALTER COLUMN path TYPE text COLLATE "C";
