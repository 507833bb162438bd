import { StartError } from '../../../local/start-error.ts';
import { clusterIfUp, clusterUp } from './cluster.ts';

const usage = 'usage: npm run cluster -- up|down';

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function main(command: string | undefined): Promise<number> {
  if (command === 'up') {
    const { kubeconfig } = await clusterUp(progress);
    progress('Kubernetes is up; "npm run cluster -- down" takes it down');
    process.stdout.write(`export KUBECONFIG=${kubeconfig}\n`);
    return 0;
  }
  if (command === 'down') {
    await (await clusterIfUp())?.down();
    return 0;
  }
  if (command === '--help') {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  progress(`${command === undefined ? 'no command' : `no command "${command}"`}\n${usage}`);
  return 2;
}

try {
  process.exitCode = await main(process.argv[2]);
} catch (error) {
  progress(error instanceof StartError ? error.message : String(error));
  process.exitCode = 1;
}
