// `node --import ./test/support/typescript.mjs src/main.ts` runs a source file without compiling the project.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
