import { applicationName, label, labelValue } from '../../contract/names.ts';

/** Labels of everything that is made for the receiver of a Kafka Secret. */
export function receiverLabels(secretName: string): Record<string, string> {
  return { [label.name]: applicationName, [label.component]: 'receiver', [label.secret]: labelValue(secretName) };
}
