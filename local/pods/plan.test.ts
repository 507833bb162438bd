import { describe, expect, test } from '@jest/globals';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { ContainerSpec } from './plan.ts';
import { environmentOf, images, movablePorts, partOf, programOf, templateOf, withFolders } from './plan.ts';

function deployment(container: Partial<ContainerSpec>, others: ContainerSpec[] = []): KubernetesObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'a', name: 'x' }, spec: { template: { spec: { containers: [{ name: 'c', image: 'node:24', ...container }, ...others] } } } };
}

describe('programOf', () => {
  test('our images are our programs', () => {
    for (const part of ['receiver', 'dispatcher'] as const) {
      const ours = deployment({ image: images[part] });
      expect(partOf(templateOf(ours))).toBe(part);
      expect(programOf(ours)).toEqual([expect.stringMatching(`dataplane/${part}/main\\.ts$`)]);
    }
  });

  test('a command that is node runs here', () => {
    expect(programOf(deployment({ command: ['node', '/app/x.js'], args: ['--flag'] })).slice(1)).toEqual(['/app/x.js', '--flag']);
    expect(programOf(deployment({ args: ['node', '/app/x.js'] })).slice(1)).toEqual(['/app/x.js']);
  });

  test.each([[{ command: ['python'] }, []], [{}, []], [{ command: ['node', 'x.js'] }, [{ name: 'sidecar', image: 'y' }]]])('%j with %j needs a container engine', (container, others) => {
    expect(() => programOf(deployment(container, others))).toThrow(/^Deployment a\/x cannot run here: its image node:24 would need a container engine/);
  });
});

describe('environmentOf', () => {
  test('puts folders and ports of this machine in the place of the container\'s', () => {
    const container: ContainerSpec = {
      name: 'c',
      image: 'i',
      env: [
        { name: 'PORT', value: '8080' },
        { name: 'COUNT', value: '8080' },
        { name: 'FILE', value: '/etc/x/y.json' },
        { name: 'OTHER', value: '/etc/xy' },
        { name: 'FROM', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
      ports: [{ containerPort: 8080 }, { containerPort: 9090 }],
    };
    const env = environmentOf(container, new Map([['/etc/x', '/tmp/f']]), new Map([[8080, 4711]]), () => 'pod');
    expect(env).toEqual({ PORT: '4711', COUNT: '8080', FILE: '/tmp/f/y.json', OTHER: '/etc/xy', FROM: 'pod' });
    expect(movablePorts(container)).toEqual([8080]);
  });

  test('the innermost mount counts', () => {
    expect(withFolders('/a/b/c', new Map([['/a', '/1'], ['/a/b', '/2']]))).toBe('/2/c');
  });
});
