// What Clerk puts around an object when it sends it.

import type { Json } from '../traffic/payloads.ts';

export const instanceId = 'ins_2benchBenchBenchBenchBench';

export function envelope(type: string, data: Json, at: number): string {
  return JSON.stringify({
    data,
    event_attributes: {
      http_request: { client_ip: '203.0.113.7', user_agent: 'Mozilla/5.0 (X11; Linux x86_64)' },
    },
    instance_id: instanceId,
    object: 'event',
    timestamp: at + 12,
    type,
  });
}
