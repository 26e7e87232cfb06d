import type { Row } from './row.ts';

/** Expressions and their values; many of them are examples of the documentation. */
export const URIS: Row[] = [
  [`uriHost('https://www.localhost.com:8080/a')`, 'www.localhost.com'],
  [`uriPath('https://a.com/catalog/shown.htm?date=today')`, '/catalog/shown.htm'],
  [`uriPathAndQuery('https://a.com/catalog?date=today')`, '/catalog?date=today'],
  [`uriPort('http://a.com:8080')`, 8080],
  [`uriPort('https://a.com')`, 443],
  [`uriQuery('https://a.com/?date=today')`, '?date=today'],
  [`uriScheme('https://a.com')`, 'https'],
  [`uriPath('https://www.localhost.com:8080')`, '/'],
];
