import type { ServerResponse } from 'node:http';
import { TENANT_ID } from '../identity/accessTokens.ts';

/** An error as the Blob service answers it ("Blob service error codes"). */
export interface BlobRefusal {
  status: number;
  code: string;
  message: string;
}

const ESCAPES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };

export function refuse(response: ServerResponse, { status, code, message }: BlobRefusal): void {
  const text = message.replace(/[<>&]/g, (character) => ESCAPES[character]!);
  const challenge = `Bearer authorization_uri=https://login.microsoftonline.com/${TENANT_ID}/oauth2/authorize resource_id=https://storage.azure.com`;
  response.writeHead(status, {
    'content-type': 'application/xml',
    'x-ms-error-code': code,
    ...(status === 401 && { 'www-authenticate': challenge }),
  });
  response.end(`<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${text}</Message></Error>`);
}
