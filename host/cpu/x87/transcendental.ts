/** Stack side of the transcendental instructions; what they compute is softfloat/transcendental.ts. */
import { powerMinusOne, timesLogarithm, timesLogarithmPlusOne } from '../softfloat/transcendental.ts';
import { arctangent, cosine, sine, tangent, type Reduced } from '../softfloat/trigonometric.ts';
import type { Result } from '../softfloat/arithmetic.ts';
import type { Environment } from '../softfloat/environment.ts';
import { ONE, isNan, type Unpacked } from '../softfloat/unpacked.ts';
import { STATUS_C1, STATUS_C2, type X87 } from './machine.ts';

export function powerTop(x: X87): void {
  if (x.isEmpty(0)) return x.deliverUnderflow(0);
  x.deliver(powerMinusOne(x.env, x.get(0)), 0);
}

/** fyl2x, fyl2xp1, fpatan: of st(1) and st(0), to st(1), with a pop. */
function binary(x: X87, compute: (env: Environment, y: Unpacked, a: Unpacked) => Result): void {
  if (x.isEmpty(0) || x.isEmpty(1)) return x.deliverUnderflow(1, 1);
  x.deliver(compute(x.env, x.get(1), x.get(0)), 1, 1);
}

export function logarithmTop(x: X87): void {
  binary(x, timesLogarithm);
}

export function logarithmPlusOneTop(x: X87): void {
  binary(x, timesLogarithmPlusOne);
}

export function arctangentTop(x: X87): void {
  binary(x, arctangent);
}

/** fsin and fcos: C2 if the operand is out of range, and then nothing else. */
function trigonometric(x: X87, compute: (env: Environment, a: Unpacked) => Reduced): void {
  x.clearC2();
  if (x.isEmpty(0)) return x.deliverUnderflow(0);
  const { result, isInRange } = compute(x.env, x.get(0));
  if (isInRange) x.deliver(result, 0);
  else x.setConditions((x.status & ~STATUS_C2) | STATUS_C2);
}

export function sineTop(x: X87): void {
  trigonometric(x, sine);
}

export function cosineTop(x: X87): void {
  trigonometric(x, cosine);
}

/** fptan and fsincos: one result replaces the operand, another is pushed. */
function pushing(
  x: X87,
  compute: (env: Environment, a: Unpacked) => Reduced,
  second: (env: Environment, a: Unpacked) => Result,
): void {
  x.clearC2();
  if (x.isEmpty(0) || !x.isEmpty(7)) {
    if (!x.stackFault(x.isEmpty(0) ? 0 : STATUS_C1)) return;
    x.setIndefinite(0);
    x.top = (x.top + 7) & 7;
    x.setIndefinite(0);
    return;
  }
  const a = x.get(0);
  const { result, isInRange } = compute(x.env, a);
  if (!isInRange) return x.setConditions((x.status & ~STATUS_C2) | STATUS_C2);
  if (result === undefined) return;
  const pushed = isNan(result) ? result : second(x.env, a);
  if (pushed === undefined) return;
  x.set(0, result);
  x.top = (x.top + 7) & 7;
  x.set(0, pushed);
}

export function tangentTop(x: X87): void {
  pushing(x, tangent, () => ONE);
}

export function sineAndCosine(x: X87): void {
  pushing(x, sine, (env, a) => cosine(env, a).result);
}
