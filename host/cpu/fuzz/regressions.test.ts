import { describe, expect, it } from 'vitest';
import { allRows } from '../table/all.ts';
import { GuestRunner, type Tier } from './guest.ts';
import { rerun, withoutUndefined } from './regression.ts';
import { regressions } from './regressions.ts';

describe.each<Tier>([0, 1, 'step'])('in tier %s', tier => {
  const guest = new GuestRunner(allRows, tier);
  it.each(regressions)('$name', entry => {
    const { exception, address, changed } = entry;
    expect(rerun(entry, guest)).toEqual({
      exception,
      ...(address !== undefined && { address }),
      after: withoutUndefined(entry),
      changed,
    });
  });
});
