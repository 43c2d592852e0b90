import { expect, it } from 'vitest';
import type { HostGuestInfo } from '../api/guest-info.ts';
import { formatGuests } from './ps.ts';

const MEGA = 2 ** 20;

const guest: HostGuestInfo = {
  pid: 4711,
  name: 'box',
  command: 'server.js --port 80',
  threads: 7,
  uptimeMs: 3_725_000,
  isResponding: true,
  memory: { totalBytes: 1024 * MEGA, freeBytes: 1000 * MEGA },
  processes: [
    { pid: 1, ppid: 0, command: 'init', state: 'sleeping' },
    { pid: 5, ppid: 1, command: 'sh', state: 'stopped' },
    { pid: 9, ppid: 5, command: 'lodger', state: 'running' },
    { pid: 12, ppid: 1, command: 'evil\u001b[2J', state: 'zombie' },
  ],
  guests: [
    {
      pid: 9,
      name: 'inner',
      memory: { totalBytes: 64 * MEGA, freeBytes: 60 * MEGA },
      processes: [{ pid: 1, ppid: 0, command: 'init', state: 'sleeping' }],
      guests: [],
    },
  ],
};

it('draws processes below their guests, and a guest inside below the process that it is', () => {
  expect(formatGuests([guest], 'processes')).toBe(
    [
      ' PID  S  MEMORY  THREADS   UPTIME  GUEST',
      '4711     24M/1G        7  1:02:05  box (4 processes): server.js --port 80',
      '   1  S                            └─ init',
      '   5  T                               ├─ sh',
      '   9  R                               │  └─ lodger',
      '         4M/64M                       │     └─ inner (1 process)',
      '   1  S                               │        └─ init',
      '  12  Z                               └─ evil?[2J',
      '',
    ].join('\n'),
  );
});

it('can leave the processes out', () => {
  expect(formatGuests([guest], 'guests').split('\n').slice(1)).toEqual([
    expect.stringMatching(/^4711 +24M\/1G +7 +1:02:05 {2}box/),
    expect.stringMatching(/^ +9 +4M\/64M +└─ inner \(1 process\)$/),
    '',
  ]);
});

it('says that a guest does not answer', () => {
  const stuck = { ...guest, isResponding: false, processes: [], guests: [], uptimeMs: 200_000_000 };
  expect(formatGuests([stuck], 'processes')).toMatch(/4711 .* 2-07:33:20 {2}box \(does not answer\)/);
});
