import type { HooksConfig } from '../../hooks/config.ts';
import { hooksConfig, hooksEnvironmentSchema } from '../../hooks/config.ts';
import { readEnv } from '../../runtime/env.ts';
import { UsageError } from '../command-line.ts';
import type { RenderOptions } from './command-line.ts';
import { podSettings } from './command-line.ts';
import { installedVariable } from './default-images.ts';

/** The configuration that hooks in a cluster would have. Throws UsageError for a setting that they would not start with. */
export function renderConfiguration(options: RenderOptions, systemNamespace: string, env: NodeJS.ProcessEnv): HooksConfig {
  const set = podSettings.filter((name) => env[name] !== undefined);
  const environment: NodeJS.ProcessEnv = {
    ...Object.fromEntries(set.map((name) => [name, env[name]])),
    SYSTEM_NAMESPACE: systemNamespace,
    CLUSTER_DOMAIN: installedVariable('CLUSTER_DOMAIN'),
    RECEIVER_IMAGE: options.receiverImage ?? installedVariable('RECEIVER_IMAGE'),
    DISPATCHER_IMAGE: options.dispatcherImage ?? installedVariable('DISPATCHER_IMAGE'),
    ADDRESSABLES: '',
  };
  try {
    return hooksConfig(readEnv(environment, hooksEnvironmentSchema));
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
