/** Nothing was sent: it was not allowed any more when it could have been. */
export class NotBegun extends Error {
  override readonly name = 'NotBegun';
}
