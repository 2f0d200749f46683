// Numbers, probabilities, times and field names as people read them.

const whole = new Intl.NumberFormat("en");
export const count = (n: number): string => whole.format(n);

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A probability with as many digits as it takes to tell it from 1: 0.95, 0.9987, 0.99998. */
export function probability(p: number): string {
  if (p >= 1) return "1";
  if (p > 0.999999) return "> 0.999999";
  if (p <= 0) return "0";
  if (p < 0.000001) return "< 0.000001";
  const gap = Math.min(p, 1 - p);
  const digits = Math.min(6, Math.max(2, Math.ceil(-Math.log10(gap)) + 1));
  return trimmed(p, digits);
}

function trimmed(p: number, digits: number): string {
  return p.toFixed(digits).replace(/(\.\d\d\d*?)0+$/, "$1");
}

export const confidence = (c: number): string => trimmed(c, 4).replace(/^(0\.\d*?[1-9])0+$/, "$1");

/** A weight with its sign, in bits: +9.8, −14.2. */
export function bits(b: number): string {
  const size = Math.abs(b).toFixed(1);
  if (size === "0.0") return "0.0";
  return `${b < 0 ? "−" : "+"}${size}`;
}

/** m or u: 0.92, 0.0011, 3.1e−6. */
export function rate(x: number | null): string {
  if (x === null || x === undefined) return "–";
  if (x === 0) return "0";
  if (x >= 0.01) return x.toFixed(2);
  if (x >= 0.0001) return x.toPrecision(2);
  return x.toExponential(1).replace("-", "−");
}

export const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

const dayFormat = new Intl.DateTimeFormat("en", { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });
const timeFormat = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC", hourCycle: "h23" });

function parsed(at: string | number | null | undefined): Date | null {
  if (at === null || at === undefined || at === "") return null;
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date;
}

export const day = (at: string | null | undefined): string => {
  const date = parsed(at);
  return date ? dayFormat.format(date) : "no date";
};
export const time = (at: string | null | undefined): string => {
  const date = parsed(at);
  return date ? `${timeFormat.format(date)} UTC` : "no time";
};
export const iso = (at: string | null | undefined): string | undefined => parsed(at)?.toISOString();

const clockFormat = new Intl.DateTimeFormat("en", { timeStyle: "medium", timeZone: "UTC", hourCycle: "h23" });
const shortDayFormat = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", timeZone: "UTC" });

/** 14:05:09; with the day where that is not today: Nov 21 14:05:09. UTC. */
export function clock(at: string | null | undefined, now = Date.now()): string {
  const date = parsed(at);
  if (!date) return "no time";
  const today = date.toISOString().slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  return today ? clockFormat.format(date) : `${shortDayFormat.format(date)} ${clockFormat.format(date)}`;
}

/** "3 minutes ago": how fresh something is. */
export function ago(at: string | null | undefined, now = Date.now()): string {
  const date = parsed(at);
  if (!date) return "never";
  const seconds = Math.max(0, (now - date.getTime()) / 1000);
  if (seconds < 60) return "just now";
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]] as const) {
    if (seconds >= size) return `${plural(Math.floor(seconds / size), unit)} ago`;
  }
  return "just now";
}

const FIELDS: { [field: string]: string } = {
  given_name: "Given name", middle_name: "Middle name", family_name: "Family name", former_name: "Former name", full_name: "Full name",
  name_suffix: "Name suffix", name_title: "Title", birth_date: "Birth date", gender: "Gender", email: "E-mail", email_sha256: "E-mail (SHA-256)",
  phone: "Phone", street: "Street", city: "City", region: "Region", postcode: "Postcode", country: "Country", full_address: "Full address",
  company: "Company", customer_id: "Customer id", national_id: "National id", category: "Category", text: "Text", number: "Number", date: "Date",
  updated_at: "Updated at", created_at: "Created at", source: "Source", record_key: "Record key",
};
const ORDER = Object.keys(FIELDS);

export function fieldName(field: string, label?: string): string {
  if (FIELDS[field]) return FIELDS[field];
  const text = label || field.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Display order of fields: that of Kith's own list; unknown ones last. */
export function fieldOrder(a: string, b: string): number {
  const place = (field: string) => (ORDER.indexOf(field) + ORDER.length + 1) % (ORDER.length + 1);
  return place(a) - place(b) || a.localeCompare(b);
}

export function words(text: string): string {
  return text.replaceAll("_", " ");
}

const SHOWN_MOST = 300;

/** A cell may hold megabytes; nobody reads them here. */
export function clipped(text: string): string {
  return text.length > SHOWN_MOST ? `${text.slice(0, SHOWN_MOST)} … (${count(text.length)} characters)` : text;
}

/** Fields whose normal form is what people want to read; of the others (names, streets) the source's own writing is. */
const NORMAL_READS_BETTER = new Set(["birth_date", "date", "email", "phone", "country"]);
/** Fields that may have been taken out of a whole name or address; then the original is the whole. */
const PARTS = new Set(["given_name", "middle_name", "family_name", "name_suffix", "street", "city", "region", "postcode"]);

interface Said {
  value: string;
  original: string;
}

/** A value as people want to read it. */
export function shown(field: string, said: Said): string {
  if (field === "email_sha256") return said.value.replace(/^(.{10}).+(.{6})$/, "$1…$2");
  const text = clipped(NORMAL_READS_BETTER.has(field) ? said.value || said.original : asSaid(field, said));
  return field === "phone" ? text.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1 $2 $3") : text;
}

/** The source's own writing; of a part of a whole name or address, those words of it: "Lovelace" of "Lovelace, Ada". */
export function asSaid(field: string, { value, original }: Said): string {
  if (!original || !PARTS.has(field)) return original || value;
  const [whole, part] = [wordsOf(original), wordsOf(value)];
  if (whole.length <= part.length) return original;
  const found = part.map((word) => whole.find((other) => other.folded === word.folded)?.text ?? capital(word.text));
  return found.join(" ");
}

function wordsOf(text: string): { text: string; folded: string }[] {
  const fold = (word: string) => word.normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
  return (text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu) ?? []).map((word) => ({ text: word, folded: fold(word) }));
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** How long something lasts: 0.3 s, 12 s, 4 min, 3 h, 5 days. */
export function lasting(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${count(Math.round(seconds / 86_400))} days`;
}
