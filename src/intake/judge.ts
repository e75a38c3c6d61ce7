// What is to become of a message: a row of ours, nobody's, or another instance's.

import type { Message } from '../inbox/message.ts';
import type { Registry } from './registry.ts';

export type Judgement = 'applied' | 'unhandled' | 'foreign';
export type Judge = (message: Message) => Judgement;

/** `instanceId`: events of any other instance are foreign; undefined: all are mirrored. */
export function createJudge(registry: Registry, instanceId: string | undefined): Judge {
  return (message) => {
    if (instanceId !== undefined && message.instanceId !== null && message.instanceId !== instanceId)
      return 'foreign';
    return registry.has(message.type) && message.subjectId !== null ? 'applied' : 'unhandled';
  };
}
