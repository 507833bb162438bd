import type { DeploymentsOptions } from '../pods/deployments.ts';
import type { DeliveryLog } from './delivery-log.ts';
import { deliveryLine, deliveryOf, printable } from './delivery.ts';

export interface Shown {
  /** To stdout. */
  print(line: string): void;
  /** To stderr. */
  say(line: string): void;
}

/** Shows what processes say: deliveries and the subscribers' own words as output, the subscribers' errors beside it. The rest is in the log files. */
export function showProcessLine(to: Shown, deliveries: DeliveryLog): DeploymentsOptions['onLine'] {
  return ({ name, part }, line, stream) => {
    if (part === 'user') {
      const words = `${name} | ${printable(line)}`;
      if (stream === 'stdout') to.print(words);
      else to.say(words);
    }
    const delivery = part === 'dispatcher' ? deliveryOf(line) : undefined;
    if (!delivery) return;
    to.print(deliveryLine(delivery));
    deliveries.add(delivery);
  };
}
