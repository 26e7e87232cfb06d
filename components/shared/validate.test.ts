import { RunError } from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import { requireOneOf, requirePattern, UserError, wrongValue } from './validate.ts';

const checked = { property: 'attune:tier', fix: 'Fix: pulumi config set attune:tier dev' };

describe('wrongValue', () => {
  it('is one line with the property, the value, what is allowed and the fix', () => {
    expect(wrongValue(checked, 'gold\n', 'dev').message).toBe(
      'attune:tier is "gold\\n": allowed is dev. Fix: pulumi config set attune:tier dev',
    );
    expect(wrongValue(checked, undefined, 'dev').message).toBe(
      'attune:tier is not set: allowed is dev. Fix: pulumi config set attune:tier dev',
    );
  });

  it('is an error that Pulumi prints without a stack', () => {
    expect(RunError.isInstance(wrongValue(checked, 'gold', 'dev'))).toBe(true);
    expect(wrongValue(checked, 'gold', 'dev')).toBeInstanceOf(UserError);
  });
});

describe('requireOneOf', () => {
  it('takes a value of the list and refuses any other', () => {
    expect(requireOneOf(checked, 'dev', ['dev', 'standard'])).toBe('dev');
    expect(() => requireOneOf(checked, 'gold', ['dev', 'standard'])).toThrow('allowed is one of dev, standard.');
    expect(() => requireOneOf(checked, undefined, ['dev'])).toThrow('attune:tier is not set');
  });
});

describe('requirePattern', () => {
  it('takes text that matches and refuses anything else', () => {
    expect(requirePattern(checked, 'ab', /^[a-z]+$/, 'letters')).toBe('ab');
    expect(() => requirePattern(checked, 'a1', /^[a-z]+$/, 'letters')).toThrow('is "a1": allowed is letters.');
    expect(() => requirePattern(checked, 7, /^[a-z]+$/, 'letters')).toThrow('is 7: allowed is letters.');
  });
});
