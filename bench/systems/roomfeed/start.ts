// The gateway as it is, by its environment: dist/main.js and nothing else of the bench's.
import '../shared/end-with-parent.ts';
import '../../../dist/main.js';
