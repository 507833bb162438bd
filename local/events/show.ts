import type { Writable } from 'node:stream';

import type { DeploymentsOptions } from '../pods/deployments.ts';
import type { DeliveryLog } from './delivery-log.ts';
import { deliveryLine, deliveryOf, printable } from './delivery.ts';

/** Shows what processes say: deliveries and the subscribers' own words on `out`, the subscribers' errors on stderr. The rest is in the log files. */
export function showProcessLine(out: Writable, say: (line: string) => void, deliveries: DeliveryLog): DeploymentsOptions['onLine'] {
  return ({ name, part }, line, stream) => {
    if (part === 'user') {
      const words = `${name} | ${printable(line)}`;
      if (stream === 'stdout') out.write(`${words}\n`);
      else say(words);
    }
    const delivery = part === 'dispatcher' ? deliveryOf(line) : undefined;
    if (!delivery) return;
    out.write(`${deliveryLine(delivery)}\n`);
    deliveries.add(delivery);
  };
}
