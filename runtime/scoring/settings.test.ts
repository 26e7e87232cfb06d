import { describe, expect, it } from 'vitest';
import { checkSettings, defaultRecommenderSettings, recommenderSettings, SettingsError } from './settings.ts';

describe('recommenderSettings', () => {
  it.each([undefined, '', '  ', '{}'])('gives the defaults for %j', (json) => {
    expect(recommenderSettings(json)).toEqual(defaultRecommenderSettings);
  });

  it('accepts its own defaults', () => {
    expect(checkSettings(defaultRecommenderSettings)).toBe(defaultRecommenderSettings);
  });

  it('takes over what is given and merges action weights action by action', () => {
    const settings = recommenderSettings('{"easeShare": 0.25, "actionWeights": {"view": 0, "book": 2}}');
    expect(settings).toEqual({
      ...defaultRecommenderSettings,
      easeShare: 0.25,
      actionWeights: { ...defaultRecommenderSettings.actionWeights, view: 0, book: 2 },
    });
  });

  it.each([
    ['{"easeShare": 1.5}', 'Recommender setting easeShare is 1.5; it must be a number from 0 to 1.'],
    ['{"neighbours": 2.5}', 'Recommender setting neighbours is 2.5; it must be a whole number from 1 to 1000.'],
    ['{"historyHalfLife": "3"}', 'Recommender setting historyHalfLife is "3"; it must be a number from 0.1 to 1000.'],
    [
      '{"minimumSupport": null}',
      'Recommender setting minimumSupport is null; it must be a whole number from 1 to 1000.',
    ],
    [
      '{"actionWeights": {"view": -1}}',
      'Recommender setting actionWeights.view is -1; it must be a number from 0 to 100.',
    ],
    ['{"actionWeights": [1]}', 'Recommender setting actionWeights is [1]; it must be an object of action and weight.'],
    ['[]', 'Recommender setting (all) is []; it must be an object.'],
  ])('refuses %s naming property, value and range', (json, message) => {
    expect(() => recommenderSettings(json)).toThrow(new SettingsError(message));
  });

  it('names the known settings when it meets an unknown one', () => {
    expect(() => recommenderSettings('{"easeShar": 1}')).toThrow(
      /^Recommender setting easeShar is unknown; the settings are historyHalfLife, .*actionWeights\.$/,
    );
  });

  it('says that text is not JSON', () => {
    expect(() => recommenderSettings('{easeShare}')).toThrow(/^The recommender settings are not JSON: /);
  });
});
