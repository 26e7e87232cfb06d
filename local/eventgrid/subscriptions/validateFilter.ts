import type { AdvancedFilter, EventFilter, Json } from '../model.ts';
import { OPERATORS } from './advancedFilters.ts';

/** Azure's limits of the filters of one subscription. */
const FILTER_LIMITS = { filters: 25, values: 25, valueLength: 512 } as const;

/** Calls `refuse` with the fault if Azure would not take the filter. */
export function validateFilter(filter: EventFilter | undefined, refuse: (fault: string) => never): void {
  const types = filter?.includedEventTypes;
  if (types && !(Array.isArray(types) && types.every((type) => typeof type === 'string')))
    refuse('filter.includedEventTypes must be a list of event types, or absent for all.');
  const advanced = filter?.advancedFilters ?? [];
  if (advanced.length > FILTER_LIMITS.filters)
    refuse(`${advanced.length} advanced filters; at most ${FILTER_LIMITS.filters} are allowed.`);
  const values = advanced.reduce((sum, one) => sum + (one.values?.length ?? (one.value === undefined ? 0 : 1)), 0);
  if (values > FILTER_LIMITS.values)
    refuse(`${values} values in all advanced filters; at most ${FILTER_LIMITS.values} are allowed.`);
  advanced.forEach((one, index) => validateAdvanced(one, (fault) => refuse(`advancedFilters[${index}]: ${fault}`)));
}

function validateAdvanced(filter: AdvancedFilter, refuse: (fault: string) => never): void {
  const operator = Object.hasOwn(OPERATORS, filter.operatorType) ? OPERATORS[filter.operatorType] : undefined;
  if (!operator)
    return refuse(`unknown operatorType "${filter.operatorType}"; known are ${Object.keys(OPERATORS).join(', ')}.`);
  if (!filter.key) refuse('key is missing.');
  const list = filter.values ?? [];
  switch (operator.operand) {
    case 'number':
      return filter.value !== undefined && typeof filter.value === 'number'
        ? undefined
        : refuse('value must be a number.');
    case 'boolean':
      return typeof filter.value === 'boolean' ? undefined : refuse('value must be true or false.');
    case 'numbers':
      return allOf(list, isNumber) ? undefined : refuse('values must be numbers, at least one.');
    case 'ranges':
      return allOf(list, isRange) ? undefined : refuse('values must be pairs [from, to] of numbers, at least one.');
    case 'strings':
      return allOf(list, isShortText)
        ? undefined
        : refuse(`values must be texts of at most ${FILTER_LIMITS.valueLength} characters, at least one.`);
    case 'none':
      return;
  }
}

function allOf(values: Json[], test: (value: Json) => boolean): boolean {
  return Array.isArray(values) && values.length > 0 && values.every(test);
}

const isNumber = (value: Json) => typeof value === 'number';
const isRange = (value: Json) => Array.isArray(value) && value.length === 2 && value.every(isNumber);
const isShortText = (value: Json) => typeof value === 'string' && value.length <= FILTER_LIMITS.valueLength;
