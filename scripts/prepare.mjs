// npm runs this after an installation. Without the development's packages (`npm ci --omit=dev`) there is no compiler,
// and nothing to do: an image copies dist/ from the stage that has one.
import { build, canBuild, endWith } from './build.mjs';

if (canBuild()) {
  try {
    build();
  } catch (error) {
    endWith(error);
  }
} else {
  process.stderr.write('Not compiled: the compiler is among the packages that were left out.\n');
}
