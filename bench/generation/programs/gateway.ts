// The gateway as it is, by its environment.
import '../../systems/shared/end-with-parent.ts';
import '../../../dist/main.js';
import { obey } from './obey.ts';

obey({});
