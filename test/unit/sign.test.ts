// What we sign, svix accepts.

import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'svix';
import { signWebhook } from '../../src/clerk/sign.ts';

const secret = `whsec_${Buffer.from('a key of thirty-two bytes, or so').toString('base64')}`;

describe('signWebhook', () => {
  test.each(['{}', '{"name":"Łukasz 🚀 佐藤","n":1e400}', ' {"a" : "\\u0000"} '])(
    'is accepted by svix: %s',
    (body) => {
      const headers = signWebhook(secret, 'msg_1', new Date(), body);
      expect(() => {
        new Webhook(secret).verify(body, headers);
      }).not.toThrow();
      expect(() => {
        new Webhook(secret).verify(`${body} `, headers);
      }).toThrow();
    },
  );

  test('is the very signature that svix makes', () => {
    const date = new Date('2026-10-01T08:00:00.999Z');
    const headers = signWebhook(secret, 'msg_2', date, '{"é":1}');
    expect(headers['svix-signature']).toBe(new Webhook(secret).sign('msg_2', date, '{"é":1}'));
    expect(headers['svix-timestamp']).toBe('1790841600');
    expect(signWebhook(secret, 'msg_2', date, Buffer.from('{"é":1}'))).toEqual(headers);
  });
});
