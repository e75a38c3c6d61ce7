// Ends the run's Postgres and removes its folder.

import { removeCluster } from './global-setup.ts';

export default async function globalTeardown(): Promise<void> {
  const running = globalThis.testCluster;
  if (running === undefined) return;
  globalThis.testCluster = undefined;
  await running.cluster.stop();
  removeCluster(running.home, running.cluster.dataDirectory);
}
