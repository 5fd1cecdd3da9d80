// Tones made by WebAudio, one per state, and a tick the moment a code was read. Browsers allow sound after the first
// tap or key; until then all of this is silent and nothing fails.

export type Tone = "tick" | "admitted" | "repeat" | "refused" | "waiting";

/** Notes as [Hz, start in s, length in s, wave]. Up is good, level is "look", down and rough is "stop". */
const TONES: Record<Tone, [number, number, number, OscillatorType][]> = {
  tick: [[1760, 0, 0.03, "sine"]],
  admitted: [
    [660, 0.04, 0.12, "sine"],
    [990, 0.16, 0.22, "sine"],
  ],
  repeat: [
    [587, 0.04, 0.12, "triangle"],
    [587, 0.22, 0.12, "triangle"],
  ],
  refused: [
    [330, 0.04, 0.18, "square"],
    [208, 0.24, 0.34, "square"],
  ],
  waiting: [[440, 0.04, 0.1, "triangle"]],
};

const LOUDNESS: Record<OscillatorType, number> = { sine: 0.3, triangle: 0.35, square: 0.12, sawtooth: 0.12, custom: 0.2 };

let context: AudioContext | null = null;

/** Call once at start: the first tap or key anywhere turns the sound on. */
export function unlockSound(): void {
  // Made now, since making it takes long enough to lose the first keys of a scanner; it only starts with a gesture.
  try {
    context = new AudioContext();
  } catch {
    return; // no sound on this machine; the screen says everything
  }
  const resume = (): void => {
    if (context?.state === "suspended") context.resume().catch(() => undefined);
  };
  window.addEventListener("pointerdown", resume, { capture: true });
  window.addEventListener("keydown", resume, { capture: true });
}

export function play(tone: Tone): void {
  if (context?.state !== "running") return;
  for (const [frequency, start, length, wave] of TONES[tone]) note(context, frequency, start, length, wave);
}

function note(audio: AudioContext, frequency: number, start: number, length: number, wave: OscillatorType): void {
  const from = audio.currentTime + start;
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.type = wave;
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(LOUDNESS[wave], from + 0.008);
  gain.gain.exponentialRampToValueAtTime(0.001, from + length);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(from);
  oscillator.stop(from + length + 0.02);
}
