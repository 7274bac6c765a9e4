using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Vaal.Web;
using Vaal.Workspaces;

namespace Vaal.Bench;

/// <summary>
/// What a person waits for at the page of a large workspace: its opening, a label, the next images, and beside that
/// the new choice after 20 labels. The workspace and its features are made up; no image is decoded.
/// </summary>
internal static class ServeBench
{
    private const int Labels = 20, Repeats = 40, ClassCount = 10;

    /// <summary>serve [IMAGES] [WIDTH]; WIDTH 0: without features</summary>
    public static int Run(string[] args)
    {
        var (count, width) = (args.Number(0, 100_000), args.Number(1, 512));
        var folder = Directory.CreateTempSubdirectory("vaal-serve-bench-");
        try
        {
            Make(folder.FullName, count, width);
            Measure(folder.FullName, width > 0).GetAwaiter().GetResult();
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task Measure(string folder, bool learns)
    {
        var (clock, processor) = (Stopwatch.StartNew(), Processor());
        await using var server = await WorkspaceServer.Start(Workspace.Open(folder), new ServeOptions());
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"start of the server: {clock.Elapsed.TotalSeconds:0.00} s "
            + $"({Processor() - processor:0.00} s of processors)"));
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() })
        {
            BaseAddress = new(server.Url.GetLeftPart(UriPartial.Authority)),
        };
        http.DefaultRequestHeaders.Add("X-Vaal", "1");
        // the first request of all compiles code: that is part of the start
        using (var stranger = new HttpClient()) (await stranger.GetAsync(new Uri(server.Url, "/"))).Dispose();
        processor = Processor();
        clock.Restart();
        foreach (var path in new[] { server.Url.PathAndQuery, "/", "/api/v1/project", "/api/v1/queue?count=8",
            "/api/v1/panel" })
            await http.GetStringAsync(path);
        Say(string.Create(CultureInfo.InvariantCulture,
            $"opening the page (page, project, queue, panel): {clock.Elapsed.TotalMilliseconds:0} ms "
            + $"({1_000 * (Processor() - processor):0} ms of processors, learning among them)"));
        if (learns)
        {
            await Learned(http, 0);
            Say(string.Create(CultureInfo.InvariantCulture, $"  ({Processor() - processor:0.00} s of processors)"));
        }

        var (queue, label) = (new List<double>(), new List<double>());
        for (var i = 0; i < Repeats; i++)
        {
            clock.Restart();
            var items = (await http.GetFromJsonAsync<JsonElement>("/api/v1/queue?count=8")).GetProperty("items");
            queue.Add(clock.Elapsed.TotalMilliseconds);
            var image = items[0].GetProperty("id").GetInt32();
            clock.Restart();
            using var saved = await http.PostAsJsonAsync("/api/v1/labels", new
            {
                ops = new[] { new { op = Guid.NewGuid(), kind = "label", image,
                    classes = new[] { $"c{image % ClassCount}" } } },
            });
            saved.EnsureSuccessStatusCode();
            label.Add(clock.Elapsed.TotalMilliseconds);
        }
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"next images: {Times(queue)}; a label, saved: {Times(label)} (half of them while it learns)"));
        if (!learns) return;
        var seconds = await Learned(http, Labels);
        for (var i = 0; i < 3; i++)
        {
            processor = Processor();
            for (var j = 0; j < Labels; j++)
            {
                var items = (await http.GetFromJsonAsync<JsonElement>("/api/v1/queue?count=1")).GetProperty("items");
                var image = items[0].GetProperty("id").GetInt32();
                using var saved = await http.PostAsJsonAsync("/api/v1/labels", new
                {
                    ops = new[] { new { op = Guid.NewGuid(), kind = "label", image,
                        classes = new[] { $"c{image % ClassCount}" } } },
                });
            }
            seconds = await Learned(http, 2 * Labels + (i + 1) * Labels);
            Say(string.Create(CultureInfo.InvariantCulture, $"a new choice after {Labels} labels: {seconds:0.00} s "
                + $"({Processor() - processor:0.00} s of processors, with the labels)"));
        }
    }

    // seconds from the labels to the choice, as the server says
    private static async Task<double> Learned(HttpClient http, int labels)
    {
        while (true)
        {
            var panel = await http.GetFromJsonAsync<JsonElement>("/api/v1/panel");
            if (panel.GetProperty("problem").ValueKind == JsonValueKind.String)
                throw new InputException(panel.GetProperty("problem").GetString()!);
            if (!panel.GetProperty("learning").GetBoolean()
                && panel.GetProperty("learned") is { ValueKind: JsonValueKind.Object } learned
                && learned.GetProperty("labels").GetInt32() >= labels)
            {
                var seconds = learned.GetProperty("seconds").GetDouble();
                if (labels == 0)
                    Say(string.Create(CultureInfo.InvariantCulture, $"the first choice: {seconds:0.00} s"));
                return seconds;
            }
            await Task.Delay(100);
        }
    }

    /// <summary>A workspace of images that are not there, and a table of their features.</summary>
    public static void Make(string folder, int count, int width)
    {
        var table = Path.Combine(folder, "features.npy");
        File.WriteAllBytes(Path.Combine(folder, "one.bmp"), Bmp());
        using (var workspace = Workspace.Create(folder)) workspace.Index(new() { Encoder = "none" });
        using var db = new Database(Path.Combine(folder, ".vaal", "vaal.db"));
        db.Transaction(() =>
        {
            db.Execute("update images set state = 'removed'");
            for (var i = 0; i < count; i++)
            {
                db.Execute("insert into images (path, bytes, modified, width, height, state) "
                    + "values ($1, 1000, 1, 640, 480, 'ok')", $"{i:0000000}.jpg");
            }
            if (width > 0) db.Execute("insert or replace into settings values ('encoder', $1)", table);
        });
        if (width == 0) return;
        File.WriteAllLines(
            Path.ChangeExtension(table, ".txt"), Enumerable.Range(0, count).Select(i => $"{i:0000000}.jpg"));
        Write(table, count, width);
    }

    // ten clusters, and noise: rows of float32 as numpy writes them
    private static void Write(string path, int count, int width)
    {
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {width}), }}";
        header = header.PadRight((header.Length + 11) / 64 * 64 + 53) + "\n";
        using var file =
            new BinaryWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20));
        file.Write([0x93, .. "NUMPY"u8, 1, 0]);
        file.Write((ushort)header.Length);
        file.Write(Encoding.ASCII.GetBytes(header));
        var random = new Random(1);
        float[][] centres = [.. Enumerable.Range(0, ClassCount).Select(_ =>
            Enumerable.Range(0, width).Select(_ => (float)random.NextDouble()).ToArray())];
        for (var i = 0; i < count; i++)
            for (var k = 0; k < width; k++) file.Write(centres[i % ClassCount][k] + (float)random.NextDouble());
    }

    private static byte[] Bmp()
    {
        using var stream = new MemoryStream();
        using var file = new BinaryWriter(stream);
        file.Write("BM"u8);
        foreach (var field in new[] { 54 + 3_072, 0, 54, 40, 32, 32, 24 << 16 | 1, 0, 3_072, 2835, 2835, 0, 0 })
            file.Write(field);
        file.Write(new byte[3_072]);
        return stream.ToArray();
    }

    // of all threads: on a busy machine it says more than the clock
    private static double Processor() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    private static string Times(List<double> times)
    {
        times.Sort();
        return string.Create(CultureInfo.InvariantCulture,
            $"median {times[times.Count / 2]:0.0} ms, 95% within {times[times.Count * 95 / 100]:0.0} ms");
    }

    private static void Say(string text) => Console.WriteLine(text);
}
