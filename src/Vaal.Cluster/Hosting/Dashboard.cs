using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Dashboard;

namespace Vaal.Cluster.Hosting;

/// <summary>
/// Orleans' own page about silos and grains. It asks for no password, so that it listens on loopback alone.
/// </summary>
internal static class Dashboard
{
    public static WebApplicationBuilder Builder(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, port));
        builder.Services.AddRouting();
        return builder;
    }

    public static void AddTo(ISiloBuilder silo) => silo.AddDashboard();

    public static IHost Built(WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.MapOrleansDashboard();
        return app;
    }
}
