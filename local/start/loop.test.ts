import { describeLoop } from './testing/describeLoop.ts';

describeLoop('fast');
