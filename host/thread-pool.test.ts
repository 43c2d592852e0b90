import { expect, it } from 'vitest';
import { CONTEXT_WORDS, STATE, STATE_IDLE } from '../kernel/abi/trap.ts';
import { RECORDS, TOP, TRAPPED, createBoard, setBit } from './board.ts';
import type { ContextIndex } from './machine.ts';
import { type PoolRequest, ThreadPool } from './thread-pool.ts';

function newPool(): { board: Int32Array; requests: PoolRequest[]; pool: ThreadPool } {
  const board = new Int32Array(createBoard());
  const requests: PoolRequest[] = [];
  const pool = new ThreadPool(
    board,
    request => requests.push(request),
    () => 0,
  );
  return { board, requests, pool };
}

it('asks again for a program that waits, when the thread that was on its way was taken by another one', () => {
  const { board, requests, pool } = newPool();
  const becomeIdle = (context: number): void => {
    board[TOP] = context + 1;
    board[RECORDS + context * CONTEXT_WORDS + STATE] = STATE_IDLE;
  };
  becomeIdle(0);
  expect(pool.takeIdle()).toBe(0); // and a spare one is asked for
  pool.want(0);
  pool.want(1); // the owner counts on the spare one
  becomeIdle(1);
  requests.length = 0;
  expect(pool.takeIdle()).toBe(1); // for the program that waited; another one waits by now
  expect(pool.takeIdle()).toBeUndefined();
  pool.want(1);
  expect(requests).toEqual([{ kind: 'want', waiting: 1 }]);
  pool.want(1);
  expect(requests).toHaveLength(1);
});

it('does not tell of traps of a thread that is being ended, so that nobody uses it again', () => {
  const { board, requests, pool } = newPool();
  const context = 3 as ContextIndex;
  const trapped = (): ContextIndex[] => {
    const found: ContextIndex[] = [];
    setBit(board, TRAPPED, context);
    pool.takeTrapped(found);
    return found;
  };
  expect(trapped()).toEqual([context]);
  pool.terminate(context);
  pool.terminate(context);
  expect(requests).toEqual([{ kind: 'terminate', context }]);
  expect(trapped()).toEqual([]);
  pool.release(context);
  expect(trapped()).toEqual([context]);
});
