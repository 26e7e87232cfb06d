import { parentPort, workerData } from 'node:worker_threads';
import { trainTask, type TrainingTask } from './training/workerTrainer.ts';

/** Entry of the training thread; see `trainInWorker`. */
if (!parentPort) throw new Error('trainWorker runs as a worker thread only.');
parentPort.postMessage(await trainTask(workerData as TrainingTask));
