import type { RecommenderSettings } from '../contracts/model.ts';
import type { TrainingUser } from './trainer.ts';

export interface LeaveLastOutMetrics {
  hitRateAt10: number;
  ndcgAt10: number;
  /** Users whose last item was held out. */
  users: number;
}

/** Leave-last-out: trains without each user's last item, then ranks the whole vocabulary for it. */
export async function evaluateLeaveLastOut(_input: {
  users: readonly TrainingUser[];
  settings: RecommenderSettings;
}): Promise<LeaveLastOutMetrics> {
  throw new Error('evaluateLeaveLastOut is being written');
}
