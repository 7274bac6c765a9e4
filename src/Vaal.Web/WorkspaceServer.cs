using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>
/// <c>vaal serve</c>: the page of one workspace, for a browser on this machine, or for several people on the network.
/// Other commands may work on the workspace meanwhile.
/// </summary>
public sealed class WorkspaceServer : IAsyncDisposable
{
    private const string ApiPath = "/api/v1", EventPath = "/events";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
    private readonly WebApplication _app;
    private readonly IDisposable _lock;
    private readonly LiveWorkspace _live;
    private readonly Serving _serving;
    private readonly Pictures _pictures;

    private WorkspaceServer(WebApplication app, IDisposable held, LiveWorkspace live, Serving serving,
        Pictures pictures, Uri url, IReadOnlyList<string> warnings)
    {
        (_app, _lock, _live, _serving, _pictures) = (app, held, live, serving, pictures);
        (Url, Warnings) = (url, warnings);
    }

    /// <summary>To open in a browser, once: the link turns into a cookie.</summary>
    public Uri Url { get; }

    /// <summary>What people should know before they rely on it, a line each; empty: nothing.</summary>
    internal IReadOnlyList<string> Warnings { get; }

    internal Serving Serving => _serving;

    /// <summary>Starts to serve a workspace, which then belongs to the server.</summary>
    /// <param name="warn">receives a line for what people should know before they rely on it</param>
    /// <exception cref="InputException">another server has the workspace, the port is taken, or an option is out of
    /// range</exception>
    public static async Task<WorkspaceServer> Start(Workspace workspace, ServeOptions options,
        TimeProvider? clock = null, Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(options);
        InputException.ThrowIfAny(options.Problems());
        if (options.Certificate is { } certificate) CertificateIn(certificate).Dispose();      // before anything starts
        if (options.Lan && workspace.People().Count == 0)
            throw new InputException("expected annotators for --lan, found none; "
                + "'vaal annotator add NAME' makes an invitation for each person");
        clock ??= TimeProvider.System;
        var held = workspace.ServeLock();
        WebApplication? app = null;
        Serving? serving = null;
        Pictures? pictures = null;
        try
        {
            var live = new LiveWorkspace(workspace);
            live.With((_, _) => { });                                                // the images are in memory now
            workspace.ForgetOwn(Workspace.AccessKinds.Launch);
            var launch = workspace.Admit(Workspace.AccessKinds.Launch, null);
            pictures = new Pictures(workspace.ImageFiles);
            serving = new Serving(live, options, clock);
            var sessions = new Sessions(live, clock, secure: options.Certificate is not null);
            var port = options.Port > 0 ? options.Port : PortOf(workspace.ServedAt, options.Lan);
            app = Build(options, port, serving, sessions, pictures);
            await Bind(app, port);
            if (workspace.Packed() is { } packed) pictures.Packed = new(packed, workspace.Loading());
            var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
                .Addresses.First());
            var url = new UriBuilder(address.Scheme, options.Lan ? Dns.GetHostName() : "127.0.0.1", address.Port, "/",
                $"?token={launch}").Uri;
            workspace.ServedAt = url.GetLeftPart(UriPartial.Authority);
            var warnings = WarningsFor(options, workspace, url);
            foreach (var warning in warnings) warn?.Invoke(warning);
            serving.Learner.Start();
            return new(app, held, live, serving, pictures, url, warnings);
        }
        catch
        {
            try
            {
                if (app is not null) await app.DisposeAsync();
            }
            finally
            {
                serving?.Dispose();
                pictures?.Dispose();
                held.Dispose();
            }
            throw;
        }
    }

    /// <summary>Serves until it is told to stop, and then finishes the requests in hand.</summary>
    public async Task Run(CancellationToken stop)
    {
        try { await Task.Delay(Timeout.Infinite, stop); }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
        using var patience = new CancellationTokenSource(_patience);
        _serving.Events.Close();                                                     // pages listen for ever
        await _app.StopAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _serving.Events.Close();
        await _app.DisposeAsync();
        _serving.Dispose();
        _pictures.Dispose();
        _live.Dispose();
        _lock.Dispose();
    }

    private static WebApplication Build(
        ServeOptions options, int port, Serving serving, Sessions sessions, Pictures pictures)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 16 << 20;
            void Tls(ListenOptions listen)
            {
                if (options.Certificate is { } file) listen.UseHttps(CertificateIn(file));
            }
            if (options.Lan) kestrel.ListenAnyIP(port, Tls);
            else kestrel.Listen(IPAddress.Loopback, port, Tls);
        });
        if (options.Certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddRoutingCore();
        builder.Services.AddOpenApi(o => o.AddDocumentTransformer((document, _, _) =>
        {
            ApiDocument.Complete(document);
            return Task.CompletedTask;
        }).AddSchemaTransformer((schema, context, _) =>
        {
            ApiDocument.Complete(schema, context.JsonTypeInfo.Type);
            return Task.CompletedTask;
        }));
        builder.Services.Configure<JsonOptions>(json =>
        {
            foreach (var converter in Json.Options.Converters) json.SerializerOptions.Converters.Add(converter);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);

        var app = builder.Build();
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = Problems.Explain });
        app.UseStatusCodePages(Problems.Fill);
        var guard = new Guard(sessions, options.Lan);
        app.Use((http, next) => guard.Check(http, () => next(http)));
        app.Use(AsGet);
        app.UseRouting();
        PageFiles.Map(app, sessions);
        ImageApi.Map(app, serving.Live, pictures);
        var api = app.MapGroup(ApiPath);
        ProjectApi.Map(api, serving);
        LabelApi.Map(api, serving);
        PanelApi.Map(api, serving);
        LookApi.Map(api, serving);
        DoubtApi.Map(api, serving);
        PeopleApi.Map(api, serving);
        api.MapGet(
            EventPath, (CancellationToken cancel) => TypedResults.ServerSentEvents(Told(serving.Events, cancel)));
        LabelStudioApi.Map(app, serving);
        app.MapOpenApi("/openapi.json");
        return app;
    }

    // HEAD is answered as GET is, without the body, which the server leaves out; links serve once, and events would
    // never end
    private static async Task AsGet(HttpContext http, RequestDelegate next)
    {
        var head = HttpMethods.IsHead(http.Request.Method) && !http.Request.Query.ContainsKey("token")
            && !http.Request.Path.StartsWithSegments("/join")
            && !http.Request.Path.StartsWithSegments($"{ApiPath}{EventPath}");
        if (head) http.Request.Method = HttpMethods.Get;
        try { await next(http); }
        finally { if (head) http.Request.Method = HttpMethods.Head; }
    }

    private static async IAsyncEnumerable<System.Net.ServerSentEvents.SseItem<string>> Told(Events events,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var what in events.Read(cancel)) yield return new(what);
    }

    // the port of the last time, where it is free: a page that was open then goes on
    private static int PortOf(string? servedAt, bool lan)
    {
        if (servedAt is null || !Uri.TryCreate(servedAt, UriKind.Absolute, out var last)) return 0;
        try
        {
            using var probe = new TcpListener(lan ? IPAddress.Any : IPAddress.Loopback, last.Port);
            probe.Start();
            probe.Stop();
            return last.Port;
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private static async Task Bind(WebApplication app, int port)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new InputException(e is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? $"expected a port that you may open, found port {port}, which is reserved; "
                    + "give another --port"
                : $"expected port {port} to be free, found another program on it; give another --port", e);
        }
    }

    /// <exception cref="InputException">the file is none, or has no private key</exception>
    private static X509Certificate2 CertificateIn(string file)
    {
        const string Wanted = "expected a certificate with its private key (PFX without a password, or PEM)";
        try
        {
            var certificate = Path.GetExtension(file).ToLowerInvariant() is ".pem" or ".crt"
                ? X509Certificate2.CreateFromPemFile(file) : X509CertificateLoader.LoadPkcs12FromFile(file, null);
            if (certificate.HasPrivateKey) return certificate;
            certificate.Dispose();
            throw new InputException($"{Wanted}, found one without a key in {file}");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{Wanted}, found {file}: {e.Message}", e);
        }
    }

    private static List<string> WarningsFor(ServeOptions options, Workspace workspace, Uri url)
    {
        if (!options.Lan) return [];
        var people = workspace.People();
        List<string> warnings =
        [
            $"everybody on the network reaches this page; {Counted.Of(people.Count, "person", "people")} can sign in: "
                + string.Join(", ", people.Select(p => p.Name)),
            $"it shows every image in {workspace.Root} to them",
        ];
        if (Guard.LanAddresses() is { Count: > 0 } addresses)
            warnings.Add($"where another device does not find {url.Host}, put an address of this machine in its place: "
                + string.Join(", ", addresses));
        if (options.Certificate is null)
            warnings.Add("the connection is not encrypted: others on the network can read images and cookies; "
                + "give a certificate with --certificate, or use a VPN");
        return warnings;
    }
}
