using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Vaal.Cli.Terminal;
using Vaal.Web;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal serve</c>: label on a page in the browser.</summary>
internal static class ServeCommand
{
    public static Command Create(CancellationToken stop)
    {
        var port = new Option<int>("--port") { Description = "port to listen on; 0: a free one" };
        var open = new Option<bool>("--open") { Description = "open the page in the browser" };
        var lan = new Option<bool>("--lan")
        {
            Description = "let others on the network label; needs 'vaal annotator add'",
        };
        var certificate = new Option<string?>("--certificate")
        {
            Description = "encrypt the connection: a PFX file without a password, or a PEM file that ends in .pem "
                + "or .crt; with certificate and private key",
        };
        var learnEvery = new Option<int?>("--learn-every")
        {
            Description = "labels after which the ranking is learned again; default: as the page's settings say, "
                + "at first 20",
        };
        var overlap = new Option<string?>("--overlap")
        {
            Description = "share of the pool that two people label, blind, such as 10%",
        };
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var command = new VaalCommand("serve",
            "label in the browser, with the keyboard; the ranking learns while you label; Ctrl-C ends it",
            [
                "vaal serve --open                # label the workspace in this folder",
                "vaal serve --port 8000           # at a fixed address",
                "vaal serve --lan --certificate me.pfx    # with others, see 'vaal annotator'",
            ])
        {
            where.Folder, port, open, lan, certificate, learnEvery, overlap, json,
        };
        command.SetAction(parsed =>
        {
            var options = new ServeOptions(parsed.GetValue(port), parsed.GetValue(lan), parsed.GetValue(certificate),
                parsed.GetValue(learnEvery), ShareOf(parsed.GetValue(overlap)));
            return Serve(where.Open(parsed), options, parsed.GetValue(open), parsed.GetValue(json), stop);
        });
        return command;
    }

    private static double? ShareOf(string? text) => text is null ? null
        : text.EndsWith('%') && double.TryParse(text[..^1], CultureInfo.InvariantCulture, out var share) ? share / 100
        : throw new InputException($"--overlap: expected a share such as 10%, found '{text}'");

    // not inlined: the help of other commands loads nothing of a web server
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Serve(Workspace workspace, ServeOptions options, bool open, bool json, CancellationToken stop)
    {
        return Task.Run(Serve).GetAwaiter().GetResult();

        async Task<int> Serve()
        {
            await using var server = await WorkspaceServer.Start(
                workspace, options, warn: warning => Output.Error.WriteLine($"vaal: {warning}"));
            if (json) Output.Json(new { url = server.Url });
            else
            {
                Output.Line($"open {server.Url}");
                Output.Line("the link works once; Ctrl-C stops the server");
            }
            if (open) Show(server.Url);
            await server.Run(stop);
            return Run.Done;
        }
    }

    private static void Show(Uri url)
    {
        try
        {
            using var _ = Process.Start(new ProcessStartInfo(url.AbsoluteUri) { UseShellExecute = true });
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException
            or PlatformNotSupportedException)
        {
            Output.Error.WriteLine($"vaal: no browser could be opened ({e.Message}); open the link yourself");
        }
    }
}
