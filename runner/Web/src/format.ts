/** Numbers as people read them. A figure that does not exist is a dash, never a zero. */

export const missing = "–";

const group = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export type Figure = number | null | undefined;

export function exists(value: Figure): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

export function count(value: Figure): string {
  return exists(value) ? group.format(value) : missing;
}

/** Three significant digits, or all of the whole part. */
export function short(value: Figure): string {
  if (!exists(value)) return missing;
  const size = Math.abs(value);
  if (size >= 100 || value === 0) return group.format(value);
  if (size >= 10) return value.toFixed(1);
  return size >= 1 ? value.toFixed(2) : String(Number(value.toPrecision(3)));
}

/** For the marks of an axis: no zeros at the end. */
export function mark(value: number): string {
  return Math.abs(value) >= 100 ? group.format(value) : String(Number(value.toPrecision(3)));
}

export function ms(value: Figure): string {
  return exists(value) ? `${short(value)} ms` : missing;
}

export function rate(value: Figure): string {
  return exists(value) ? `${short(value)} tx/s` : missing;
}

export function percent(ratio: Figure): string {
  return exists(ratio) ? `${(ratio * 100).toFixed(1)}%` : missing;
}

export function bytes(value: Figure): string {
  if (!exists(value)) return missing;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let size = value;
  while (Math.abs(size) >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? group.format(size) : short(size)} ${units[unit]}`;
}

export function seconds(value: Figure): string {
  if (!exists(value)) return missing;
  if (value < 120) return `${short(value)} s`;
  const whole = Math.round(value);
  if (whole < 7_200) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 2_880 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1_440)} d ${Math.floor(minutes / 60) % 24} h`;
}

/** For times of which nobody wants fractions. */
export function wholeSeconds(value: Figure): string {
  return exists(value) && value < 120 ? `${Math.round(value)} s` : seconds(value);
}

export function when(iso: string | null | undefined): string {
  const date = iso ? new Date(iso) : null;
  return date && !Number.isNaN(date.getTime()) ? `${date.toISOString().slice(0, 19).replace("T", " ")} UTC` : missing;
}

/** A Unix time as this browser's clock shows it. */
export function clock(unix: number, withDate = false): string {
  const date = new Date(unix * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withDate ? `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}` : time;
}

/** The time zone of `clock`, as hours ahead of UTC. */
export function zone(): string {
  const minutes = -new Date().getTimezoneOffset();
  const size = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, "0");
  return minutes === 0 ? "UTC" : `UTC${minutes < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** The start of a digest, enough to tell two apart. */
export function digest(hex: string | null | undefined): string {
  return hex ? hex.slice(0, 16) : missing;
}

/** `first_second_ms` as words, without the unit: the value has it. */
export function words(key: string): string {
  const text = key.replace(/_(bytes|ms|seconds)$/, "").replaceAll("_", " ").replace(/\b(cpu|gc|os|id)\b/g, (name) => name.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}
