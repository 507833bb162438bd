/**
 * Why a record is not known to be stored. `unavailable`: Kafka did not take it in time; it may be stored all the same.
 * The others are certain: it is not stored, and would not be if it were sent again. `invalid`: because of what it is, not of its size.
 */
export type ProduceFault = 'unavailable' | 'unknown-topic' | 'too-large' | 'invalid' | 'refused';

export class ProduceError extends Error {
  override readonly name = 'ProduceError';
  readonly code = 'KFC_PRODUCE';
  readonly fault: ProduceFault;

  constructor(fault: ProduceFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
