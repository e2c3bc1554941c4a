// What the player does when sound is late, stopped, cut off or refused.
(async () => {
  const { Player } = await import("/web/player.js");
  const rate = 24000;
  const second = new Uint8Array(2 * rate).fill(16);
  const type = { headers: { "content-type": "audio/pcm;rate=24000;channels=1" } };
  const found = {};

  // Sound that comes too late is a gap that is counted; the player then waits for more.
  const late = new Player();
  let feed;
  const body = new ReadableStream({ start: (controller) => (feed = controller) });
  feed.enqueue(second.slice(0, 9600));
  const playing = late.play(new Response(body, type));
  await new Promise((resolve) => late.addEventListener("start", resolve));
  while (late.context.currentTime < 0.6) await new Promise((resolve) => setTimeout(resolve, 20));
  feed.enqueue(second.slice(0, 24000));
  feed.close();
  const told = await playing;
  found.late = [told.underruns, told.gap > 0, told.outcome, told.seconds];

  // A stop ends the request and the sound.
  const stopped = new Player();
  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(second),
    cancel: () => (cancelled = true),
  }, { highWaterMark: 0 });
  const going = stopped.play(new Response(endless, type));
  await new Promise((resolve) => stopped.addEventListener("start", resolve));
  stopped.stop();
  found.stopped = [(await going).outcome, stopped.playing, cancelled];

  // An answer that is cut off is an error, after what came was heard.
  const torn = new Player();
  const some = new TextEncoder().encode('event: meta\ndata: {"sample_rate":24000,"texts":[]}\n\nevent: audio\ndata: {"audio":"');
  found.torn = await torn.play(new Response(new Blob([some]), { headers: { "content-type": "text/event-stream" } }))
    .then(() => "no error", (error) => error.code);
  found.refused = await torn.speak("/tts", { text: "Hi.", voice: "nobody" }).then(() => "", (error) => [error.status, error.code]);
  return found;
})
