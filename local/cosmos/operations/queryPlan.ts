import { containerQuery } from '../sql/query.ts';

/**
 * The answer to a client that asks how to run a query over several partitions. There is one range here, which answers
 * every query completely: the plan leaves nothing to the client. What clients refuse to run they still refuse.
 */
export function queryPlanJson(text: string): string {
  const { aggregatesWithoutValue } = containerQuery(text);
  return aggregatesWithoutValue.length === 0 ? NOTHING_TO_DO : JSON.stringify(plan(aggregatesWithoutValue));
}

const NOTHING_TO_DO = JSON.stringify(plan([]));

function plan(aggregates: string[]): object {
  return {
    partitionedQueryExecutionInfoVersion: 2,
    queryInfo: {
      distinctType: 'None',
      top: null,
      offset: null,
      limit: null,
      orderBy: [],
      orderByExpressions: [],
      groupByExpressions: [],
      groupByAliases: [],
      aggregates,
      groupByAliasToAggregateType: {},
      rewrittenQuery: '',
      hasSelectValue: false,
      dCountInfo: null,
      hasNonStreamingOrderBy: false,
    },
    queryRanges: [{ min: '', max: 'FF', isMinInclusive: true, isMaxInclusive: false }],
  };
}
