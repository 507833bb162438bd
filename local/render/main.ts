import { UsageError } from '../command-line.ts';
import { systemNamespaceOf } from '../cluster-objects.ts';
import { exitCode } from '../exit-code.ts';
import { loadAll } from '../manifests/load.ts';
import { StartError } from '../start-error.ts';
import { parseRenderOptions, renderHelp } from './command-line.ts';
import { renderConfiguration } from './configuration.ts';
import { render } from './render.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = parseRenderOptions(args, process.env['INIT_CWD']);
  if (options.help) {
    process.stdout.write(renderHelp);
    return exitCode.done;
  }
  const { objects, ignored } = await loadAll(options.files);
  note(ignored.map((text) => `${text}: ignored`));
  if (!objects.some(({ kind }) => kind === 'KafkaChannel')) throw new StartError('nothing to render', `no KafkaChannel is in ${options.files.join(', ')}`, 'name a file that does');
  const { yaml, remarks } = await render(objects, renderConfiguration(options, options.systemNamespace ?? systemNamespaceOf(objects), process.env));
  note(remarks);
  process.stdout.write(yaml);
  return exitCode.done;
}

function note(texts: readonly string[]): void {
  for (const text of texts) process.stderr.write(`note: ${text}\n`);
}

process.stdout.on('error', () => process.exit(exitCode.failed));
process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  const expected = error instanceof StartError || error instanceof UsageError;
  process.stderr.write(`error: ${expected ? error.message : ((error as Error).stack ?? '')}\n`);
  return error instanceof UsageError ? exitCode.usage : exitCode.failed;
});
