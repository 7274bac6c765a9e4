using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Vaal.Workspaces;

namespace Vaal.Bench;

/// <summary>
/// Kills <c>vaal serve</c> (SIGKILL) at random moments while several callers label, and looks each time whether every
/// label that was confirmed is there, once. What was not confirmed is sent again with the same operation id, as the
/// page does.
/// </summary>
internal sealed class ServeKills
{
    private const int Images = 400, Callers = 4;
    private static readonly string[] _classes = ["cat", "dog", "owl"];
    private readonly string _program, _images;
    private readonly Random _random;
    private readonly Lock _gate = new();
    // by operation: the image, the class, and the ledger's entry once it was confirmed
    private readonly Dictionary<string, (int Image, string Class, long? Entry)> _operations = [];
    private readonly CookieContainer _cookies = new();

    public sealed record Report(int Kills, int Confirmed, int Again);

    private ServeKills(string program, string folder, int seed)
    {
        (_program, _images, _random) = (program, Path.Combine(folder, "images"), new Random(seed));
        Directory.CreateDirectory(_images);
        for (var i = 0; i < Images; i++) AddImage(i);
        using var workspace = Workspace.Create(_images);
        workspace.Index(new() { Encoder = "none", Classes = _classes });
    }

    /// <summary>serve-kills PROGRAM [KILLS] [SEED]</summary>
    public static int Run(string[] args)
    {
        if (args.Length == 0) throw new InputException("give the path of the program vaal");
        var folder = Directory.CreateTempSubdirectory("vaal-serve-kills-").FullName;
        try
        {
            var clock = Stopwatch.StartNew();
            var report = Kill(args[0], folder, args.Number(1, 200), args.Number(2, 1));
            Console.WriteLine($"{report.Kills} kills in {clock.Elapsed.TotalSeconds:0} s: {report.Confirmed} labels "
                + $"confirmed, {report.Again} sent again; 0 lost, 0 doubled");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <exception cref="InvalidOperationException">a label was lost or doubled</exception>
    public static Report Kill(string program, string folder, int kills, int seed)
    {
        var (harness, again) = (new ServeKills(program, folder, seed), 0);
        for (var kill = 0; kill < kills; kill++) again += harness.Round();
        harness.Check();
        return new(kills, harness.Confirmed(), again);
    }

    private int Round()
    {
        using var process = Process.Start(new ProcessStartInfo(_program,
            ["serve", "--workspace", _images, "--json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var line = process.StandardOutput.ReadLine()
                ?? throw new InvalidOperationException(process.StandardError.ReadToEnd());
            var url = new Uri(JsonDocument.Parse(line).RootElement.GetProperty("url").GetString()!);
            using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = _cookies })
            {
                BaseAddress = new(url.GetLeftPart(UriPartial.Authority)),
            };
            http.DefaultRequestHeaders.Add("X-Vaal", "1");
            using (var entered = http.GetAsync(url.PathAndQuery).GetAwaiter().GetResult())
                entered.EnsureSuccessStatusCode();
            // what the last server did not confirm goes first, as it was
            List<string> waiting;
            lock (_gate) waiting = [.. _operations.Where(o => o.Value.Entry is null).Select(o => o.Key)];
            foreach (var op in waiting) Send(http, op);
            Check();
            var until = TimeSpan.FromMilliseconds(100 + _random.Next(900));
            using var stop = new CancellationTokenSource();
            Thread[] callers = [.. Enumerable.Range(0, Callers).Select(_ => _random.Next()).Select(seed =>
                new Thread(() => Label(http, new Random(seed), stop.Token)))];
            foreach (var caller in callers) caller.Start();
            var confirmed = Confirmed();
            Thread.Sleep(until);
            // however slow the machine is
            Require(SpinWait.SpinUntil(() => Confirmed() >= confirmed + 15, TimeSpan.FromMinutes(3)),
                "the server confirmed hardly a label in three minutes");
            process.Kill();                                                          // SIGKILL
            process.WaitForExit();
            stop.Cancel();
            foreach (var caller in callers) caller.Join();
            return waiting.Count;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private int Confirmed()
    {
        lock (_gate) return _operations.Values.Count(o => o.Entry is not null);
    }

    private void Label(HttpClient http, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var op = Guid.NewGuid().ToString();
            lock (_gate) _operations[op] = (random.Next(1, Images + 1), _classes[random.Next(3)], null);
            try { Send(http, op); }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                return;                                                              // it was killed
            }
        }
    }

    private void Send(HttpClient http, string op)
    {
        (int Image, string Class, long? Entry) o;
        lock (_gate) o = _operations[op];
        var body = new
        {
            ops = new[] { new { op, kind = "label", image = o.Image, classes = new[] { o.Class } } },
        };
        using var answer = http.PostAsJsonAsync("/api/v1/labels", body).GetAwaiter().GetResult();
        answer.EnsureSuccessStatusCode();
        var result = answer.Content.ReadFromJsonAsync<JsonElement>().GetAwaiter().GetResult().GetProperty("results")[0];
        Require(result.GetProperty("saved").GetBoolean(), $"not saved: {result}");
        lock (_gate) _operations[op] = o with { Entry = result.GetProperty("entry").GetInt64() };
    }

    private void Check()
    {
        using var workspace = Workspace.Open(_images);
        Require(workspace.Problems() is [], string.Join("; ", workspace.Problems()));
        var actions = workspace.Entries(parts: true).Where(e => e.What == "label" && e.Action is not null)
            .ToLookup(e => e.Action!.Value);
        var confirmed = _operations.Values.Where(o => o.Entry is not null).ToList();
        Require(confirmed.DistinctBy(o => o.Entry).Count() == confirmed.Count, "two operations share an entry");
        foreach (var (image, @class, entry) in confirmed)
        {
            var parts = actions[entry!.Value].ToList();
            Require(parts is [{ } only] && only.Image == image
                && only.Change.Contains($"\"class\":\"{@class}\"", StringComparison.Ordinal),
                $"entry {entry} is not the label {@class} of image {image}, once");
        }
        // none twice: there are not more actions than operations
        Require(actions.Count <= _operations.Count, $"{actions.Count} labels of {_operations.Count} operations");
        // the last confirmed label of each image is what the workspace has, unless one that was not confirmed is later
        var labels = workspace.Labels().ToDictionary(l => l.Image);
        var unsure = _operations.Values.Where(o => o.Entry is null).Select(o => o.Image).ToHashSet();
        foreach (var last in confirmed.GroupBy(o => o.Image).Select(g => g.MaxBy(o => o.Entry)))
            Require(unsure.Contains(last.Image) || labels.GetValueOrDefault(last.Image)?.Class == last.Class,
                $"the label of image {last.Image} is lost");
    }

    private void AddImage(int number) =>
        RandomPicture.Write(Path.Combine(_images, $"{number:00000}.bmp"), _random);

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }
}
