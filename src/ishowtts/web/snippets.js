/** The code that makes one request: for a shell, for Python, for a page. */

const KEY_NAME = "ISHOWTTS_KEY";

/** `{ curl, python, javascript }` for a body of `POST /tts`; `key`: whether the server wants one. */
export function snippets(server, body, key) {
  return { curl: curl(server, body, key), python: python(server, body, key), javascript: javascript(server, body, key) };
}

const filename = (body) => `speech.${body.format ?? "wav"}`;

function curl(server, body, key) {
  const quoted = JSON.stringify(body).replaceAll("'", "'\\''");
  const events = body.stream === "sse";
  return [
    `curl ${events ? "-N " : ""}${server}tts`,
    "-H 'content-type: application/json'",
    ...(key ? [`-H "authorization: Bearer $${KEY_NAME}"`] : []),
    ...(events ? [] : [`-o ${filename(body)}`]),
    `-d '${quoted}'`,
  ].join(" \\\n  ");
}

function python(server, body, key) {
  const events = body.stream === "sse";
  const imports = ["json", ...(key ? ["os"] : []), "urllib.request"];
  if (events) imports.unshift("base64"), imports.push("wave");
  const lines = [
    `import ${imports.join(", ")}`,
    "",
    `body = ${literal(body)}`,
    `headers = {"content-type": "application/json"${key ? `, "authorization": "Bearer " + os.environ["${KEY_NAME}"]` : ""}}`,
    `request = urllib.request.Request("${server}tts", json.dumps(body).encode(), headers)`,
  ];
  if (!events) {
    lines.push(
      `with urllib.request.urlopen(request) as answer, open("${filename(body)}", "wb") as file:`,
      "    while part := answer.read(8192):",
      "        file.write(part)",
    );
    return lines.join("\n");
  }
  lines.push(
    'with urllib.request.urlopen(request) as answer, wave.open("speech.wav", "wb") as file:',
    "    file.setnchannels(1), file.setsampwidth(2)",
    "    for line in answer:",
    '        if line.startswith(b"data:"):',
    "            said = json.loads(line[5:])",
    '            if "error" in said:',
    '                raise RuntimeError(said["error"]["message"])',
    '            if "audio" in said:',
    '                file.writeframes(base64.b64decode(said["audio"]))',
    '            elif "sample_rate" in said:',
    '                file.setframerate(said["sample_rate"])',
  );
  return lines.join("\n");
}

function javascript(server, body, key) {
  const options = key ? `, {\n  headers: { authorization: \`Bearer \${key}\` },\n}` : "";
  return [
    `import { Player } from "${server}web/player.js";`,
    "",
    "const player = new Player();",
    `await player.speak("${server}tts", ${JSON.stringify(body, null, 2)}${options});`,
  ].join("\n");
}

/** A flat object as Python writes it. */
function literal(body) {
  const words = { true: "True", false: "False", null: "None" };
  const pairs = Object.entries(body).map(([name, value]) => `    "${name}": ${words[value] ?? JSON.stringify(value)},`);
  return `{\n${pairs.join("\n")}\n}`;
}
