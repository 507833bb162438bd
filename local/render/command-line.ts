import { parseArgs } from 'node:util';

import { defaultSystemNamespace } from '../cluster-objects.ts';
import { UsageError, userPath } from '../command-line.ts';

export interface RenderOptions {
  /** Files and folders with manifests. */
  readonly files: readonly string[];
  /** Undefined: that of the Kafka Secret in the files, else the usual one. */
  readonly systemNamespace: string | undefined;
  readonly receiverImage: string | undefined;
  readonly dispatcherImage: string | undefined;
  readonly help: boolean;
}

/** Settings of the hooks that show in what they create, taken from the environment by the same names. */
export const podSettings = ['RECEIVER_REPLICAS', 'RECEIVER_AUTOSCALED', 'RECEIVER_AUTOSCALER', 'RECEIVER_RESOURCES', 'RECEIVER_SETTINGS', 'DISPATCHER_AUTOSCALER', 'DISPATCHER_SETTINGS', 'DATA_PLANE_POD', 'DATA_PLANE_LOG_LEVEL', 'EGRESS_ALLOW', 'EGRESS_DENY'] as const;

export const renderHelp = `Usage: npm run --silent render -- FILE… [flags]

  npm run --silent render -- examples/quickstart
  npm run --silent render -- channel.yaml kafka-secret.yaml | kubectl diff -f -

Prints, as YAML, what the operator creates for the KafkaChannels in the files, once topics and groups are ready.

Flags
  --system-namespace NAME   where the operator runs    (that of the Kafka Secret in the files, else ${defaultSystemNamespace})
  --receiver-image IMAGE    image of the receiver      (that of metacontroller/hooks.yaml)
  --dispatcher-image IMAGE  image of the dispatchers   (that of metacontroller/hooks.yaml)
  --help                    this text

Environment, as the hooks have it (docs/operations.md):
  ${podSettings.slice(0, 5).join(', ')},
  ${podSettings.slice(5).join(', ')}

Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

/** Throws UsageError. */
export function parseRenderOptions(args: readonly string[], initialFolder?: string): RenderOptions {
  const { values, positionals } = parsed(args);
  if (positionals.length === 0 && !values.help) throw new UsageError('no file is named: see "npm run render -- --help"');
  return {
    files: positionals.map((path) => userPath(path, initialFolder)),
    systemNamespace: values['system-namespace'],
    receiverImage: values['receiver-image'],
    dispatcherImage: values['dispatcher-image'],
    help: values.help ?? false,
  };
}

function parsed(args: readonly string[]): { values: { 'system-namespace'?: string; 'receiver-image'?: string; 'dispatcher-image'?: string; help?: boolean }; positionals: string[] } {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'system-namespace': { type: 'string' },
        'receiver-image': { type: 'string' },
        'dispatcher-image': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0] ?? ''}: see "npm run render -- --help"`);
  }
}
