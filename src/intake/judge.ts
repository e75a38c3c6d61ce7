// What is to become of a message: a row of ours, nobody's, or another instance's.

import type { Message } from '../inbox/message.ts';
import type { Registry } from './registry.ts';

export type Judgement = 'applied' | 'unhandled' | 'foreign';
export type Judge = (message: Message) => Judgement;

/** Whose mirror this is: events of any other instance are foreign; undefined: all are mirrored. It may become known at any time. */
export interface MirrorInstance {
  readonly id: string | undefined;
}

export function createJudge(registry: Registry, instance: MirrorInstance): Judge {
  return (message) => {
    const instanceId = instance.id;
    if (instanceId !== undefined && message.instanceId !== null && message.instanceId !== instanceId)
      return 'foreign';
    return registry.has(message.type) && message.subjectId !== null ? 'applied' : 'unhandled';
  };
}
