// The mirror runs as it is installed, in Node: bundled, it would lose its migrations and its database driver.
import type { NextConfig } from 'next';

const config: NextConfig = {
  serverExternalPackages: ['clerk-mirror'],
};

export default config;
