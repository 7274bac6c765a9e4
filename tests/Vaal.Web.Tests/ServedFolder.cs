using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Vaal.Workspaces;

namespace Vaal.Web.Tests;

/// <summary>A folder of small pictures, served on a free port by the real server.</summary>
internal sealed class ServedFolder : IAsyncDisposable
{
    private readonly Vaal.Tests.TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private WorkspaceServer _server = null!;
    private Task _running = Task.CompletedTask;

    private ServedFolder() { }

    public string Path => _folder.Path;
    public string this[string name] => _folder[name];
    public Uri Url => _server.Url;
    public IReadOnlyList<string> Warnings => _server.Warnings;
    public Serving Serving => _server.Serving;

    /// <summary>Somebody with the owner's cookie.</summary>
    public Caller Owner { get; private set; } = null!;

    /// <summary>Noise around a grey that tells the class: 0 is darker than 1, and so on.</summary>
    public static byte[] OfClass(int number, int seed)
    {
        var random = new Random(seed);
        int[] blocks = [.. Enumerable.Range(0, 64).Select(_ => random.Next(30))];
        return Vaal.Tests.TestImages.Grey(32, 32, (x, y) => 60 * number + 20 + blocks[y / 4 * 8 + x / 4]
            + (number == 0 ? x : y));
    }

    /// <param name="images">how many; 64×64 pixels each, all different</param>
    /// <param name="test">as <c>init --test</c></param>
    /// <param name="picture">the file of an image, from 1 on</param>
    /// <param name="more">files besides</param>
    public static async Task<ServedFolder> Start(int images = 12, string? test = null, ServeOptions? options = null,
        string[]? classes = null, Action<Workspace>? prepare = null, TimeProvider? clock = null,
        Func<int, byte[]>? picture = null, string encoder = "none", params (string Name, byte[] Bytes)[] more)
    {
        var served = new ServedFolder();
        for (var i = 0; i < images; i++)
            served._folder.Write($"images/{i:000}.png", (picture ?? (n => Vaal.Tests.Pictures.Random(n)))(i + 1));
        foreach (var (name, bytes) in more) served._folder.Write($"images/{name}", bytes);
        using (var workspace = Workspace.Create(served.Images))
        {
            workspace.Index(new()
            {
                Encoder = encoder,
                Classes = classes ?? ["cat", "dog"],
                Test = test is null ? null : TestSize.Parse(test)
            });
            prepare?.Invoke(workspace);
        }
        await served.Restart(options, clock);
        return served;
    }

    public string Images => _folder["images"];

    public Workspace Open() => Workspace.Open(Images);

    public async Task Restart(ServeOptions? options = null, TimeProvider? clock = null)
    {
        if (_server is not null) await Stop();
        _server = await WorkspaceServer.Start(Workspace.Open(Images), options ?? new(), clock);
        _running = _server.Run(_stop.Token);
        Owner = await Caller.Enter(_server.Url);
    }

    /// <summary>Has the server learn from at least so many labels of the pool, and waits until it has.</summary>
    public async Task Learn(int labels)
    {
        (await Owner.Send(HttpMethod.Post, "/api/v1/learn")).Dispose();
        for (var i = 0; i < 1_200; i++)
        {
            var panel = await Owner.Get("/api/v1/panel");
            if (!panel.GetProperty("learning").GetBoolean()
                && panel.GetProperty("learned") is { ValueKind: JsonValueKind.Object } learned
                && learned.GetProperty("labels").GetInt32() >= labels) return;
            await Task.Delay(50);
        }
        throw new TimeoutException((await Owner.Get("/api/v1/panel")).ToString());
    }

    /// <summary>As Ctrl-C does.</summary>
    public async Task End()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async Task Stop()
    {
        await _server.DisposeAsync();
        _server = null!;
    }

    public async ValueTask DisposeAsync()
    {
        await End();
        if (_server is not null) await _server.DisposeAsync();
        _stop.Dispose();
        _folder.Dispose();
    }
}

/// <summary>A browser, as far as HTTP goes.</summary>
internal sealed class Caller : IDisposable
{
    private readonly HttpClient _http;

    public Caller(Uri url, CookieContainer? cookies = null, string? bearer = null)
    {
        Cookies = cookies ?? new();
        _http = new(new SocketsHttpHandler { CookieContainer = Cookies, AllowAutoRedirect = false })
        {
            BaseAddress = new(url.GetLeftPart(UriPartial.Authority)),
            Timeout = TimeSpan.FromMinutes(3),
        };
        if (bearer is not null) _http.DefaultRequestHeaders.Authorization = new("Bearer", bearer);
    }

    public CookieContainer Cookies { get; }
    public HttpClient Http => _http;

    /// <summary>Opens a link that serves once.</summary>
    public static async Task<Caller> Enter(Uri link)
    {
        var caller = new Caller(link);
        using var answer = await caller._http.GetAsync(link.PathAndQuery);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return caller;
    }

    public async Task<JsonElement> Get(string path)
    {
        using var answer = await _http.GetAsync(path);
        Assert.True(
            answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, object? body = null, bool own = true,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body);
        if (own) request.Headers.Add("X-Vaal", "1");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request);
    }

    public async Task<JsonElement> Post(string path, object body)
    {
        using var answer = await Send(HttpMethod.Post, path, body);
        Assert.True(
            answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Gives images a class, each an operation of its own.</summary>
    public Task<JsonElement> Label(string @class, params int[] images) => Post("/api/v1/labels", new
    {
        ops = images.Select(i => new
        {
            op = Guid.NewGuid().ToString(),
            kind = "label",
            image = i,
            classes = new[] { @class }
        }),
    });

    public async Task<int[]> Queue(int count = 8, string more = "") =>
        [.. (await Get($"/api/v1/queue?count={count}{more}")).GetProperty("items").EnumerateArray()
            .Select(i => i.GetProperty("id").GetInt32())];

    public Task<JsonElement> Undo() => Post("/api/v1/undo", new { op = Guid.NewGuid().ToString() });

    public void Dispose() => _http.Dispose();
}
