/**
 * What the kernel thread (NodeSockets) and the SocketServer in the embedder's thread tell one another, over a
 * CallChannel. Connections that came in are posted at any time, before the interrupt that tells of them.
 */
/** What is answered with a value. */
export type SocketCall =
  | { readonly kind: 'connect'; readonly path: string } // PortMessage
  | { readonly kind: 'bind'; readonly path: string }; // the socket's number

export type SocketRequest =
  | (SocketCall & { readonly number: number })
  /** The kernel has taken a connection that came in. */
  | { readonly kind: 'taken'; readonly socket: number; readonly port: number }
  | { readonly kind: 'close'; readonly socket: number };

export interface PortMessage {
  readonly port: number;
  readonly memory: SharedArrayBuffer;
}

export type SocketReply =
  | { readonly kind: 'value'; readonly value: unknown }
  /** `code` is Node's: ECONNREFUSED. */
  | { readonly kind: 'failure'; readonly code: string }
  /** Somebody has connected to a bound socket. */
  | ({ readonly kind: 'connection'; readonly socket: number } & PortMessage);
