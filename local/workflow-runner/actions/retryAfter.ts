/** The wait that a server asks for with `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3); ms, 0 without one. */
export function retryAfterMs(header: string | null | undefined): number {
  if (!header) return 0;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}
