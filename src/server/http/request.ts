import { IncomingMessage } from 'node:http';

/** Who takes a body: its bytes in their order, and then its end, once. */
export interface BodyTaker {
  onData(chunk: Buffer): void;
  onEnd(): void;
}

/**
 * A request whose body can be taken as Node's parser finds it. As a stream it would be queued, told of by events that wait
 * for their turns, ended and destroyed: a twentieth of what a feed costs, for bytes that have come with the head. Where
 * nobody takes it, it is the stream that it always was.
 */
export class GatewayRequest extends IncomingMessage {
  #taker: BodyTaker | null = null;
  #isTaken = false;

  /**
   * From now on whatever comes is the taker's; false where some of it came before. A client that goes away before the end
   * is told of by `close`, as ever; after the end nothing is told, and the answer's `close` is what counts.
   */
  takeBody(taker: BodyTaker): boolean {
    if (this.complete || this.readableFlowing !== null || this.readableLength > 0) return false;
    this.#taker = taker;
    return true;
  }

  /** What comes from now on is the stream's again. */
  leaveBody(): void {
    this.#taker = null;
  }

  /** The parser gives the body by this. */
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    const taker = this.#taker;
    if (taker === null) return super.push(chunk, encoding);
    if (chunk === null) {
      this.#taker = null;
      this.#isTaken = true;
      taker.onEnd();
    } else {
      taker.onData(chunk);
    }
    return true;
  }

  static {
    // Once answered, Node lets go of a request that has ended; of another one when the next comes on that connection, and all
    // that is left of it is copied by the collector until then. The types have a property where Node has a getter.
    Object.defineProperty(this.prototype, 'readableEnded', {
      configurable: true,
      get(this: GatewayRequest): unknown {
        return this.#isTaken || Reflect.get(IncomingMessage.prototype, 'readableEnded', this);
      },
    });
  }

  /** Node does this behind an answer, so that what nobody read flows away. */
  override resume(): this {
    return this.#isTaken ? this : super.resume();
  }
}
