// Speech rendered by the player into memory, against the samples that came.
(async (text) => {
  const { Player, fromBase64 } = await import("/web/player.js");
  const spoken = [];
  const render = async (response, rate, seconds) => {
    const context = new OfflineAudioContext(1, seconds * rate, rate);
    const player = new Player({ context });
    const pieces = [];
    player.addEventListener("sound", ({ detail }) => pieces.push(detail.samples));
    let begun = -1;
    player.addEventListener("start", ({ detail }) => (begun = Math.round(detail.at * rate)));
    const playing = player.play(response);
    const told = await Promise.race([playing, new Promise((resolve) => player.addEventListener("done", resolve)), until]);
    const out = (await context.startRendering()).getChannelData(0);
    const result = await playing;
    let at = begun;
    let worst = 0;
    for (const piece of pieces) for (const sample of piece) worst = Math.max(worst, Math.abs(out[at++] - sample));
    const rest = out.subarray(at).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    return { pieces: pieces.length, samples: at - begun, worst, rest, underruns: result.underruns, outcome: result.outcome };
  };
  let until = new Promise(() => {});
  const asked = { text, seed: 3, stream: "sse" };
  const post = (body) => fetch("/tts", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const events = await render(await post(asked), 24000, 20);

  // A WAV file whose pieces end in the middle of samples and of its head.
  const whole = new Uint8Array(await (await post({ ...asked, stream: "audio" })).arrayBuffer());
  const cuts = [1, 7, 30, 45, 47, 2000, 2001, 9999];
  const body = new ReadableStream({
    start(controller) {
      let from = 0;
      for (const to of [...cuts, whole.length]) controller.enqueue(whole.slice(from, (from = to)));
      controller.close();
    },
  });
  until = new Promise((resolve) => setTimeout(resolve, 500));
  const file = await render(new Response(body, { headers: { "content-type": "audio/wav" } }), 24000, 20);
  return { events, file, bytes: whole.length };
})
