// The way of a figure as a small line. `from`: the value of its foot, the least one unless said. The figure itself stands beside it.

export function Sparkline({ values, from }: { values: (number | null)[]; from?: number }) {
  const known = values.filter((value) => value !== null);
  const [low, high] = [from ?? Math.min(...known), Math.max(...known)];
  const x = (i: number) => (values.length > 1 ? 2 + (96 * i) / (values.length - 1) : 50);
  const y = (value: number) => (high > low ? 22 - (20 * (value - low)) / (high - low) : from === undefined ? 12 : 22);
  const points = values.flatMap((value, i) => (value === null ? [] : [`${x(i)},${y(value)}`]));
  return (
    <svg className="sparkline" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <polyline points={points.join(" ")} />
    </svg>
  );
}
