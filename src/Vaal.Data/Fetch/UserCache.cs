namespace Vaal.Data.Fetch;

/// <summary>The user's folder for what can be made or fetched again.</summary>
internal static class UserCache
{
    /// <summary><c>$XDG_CACHE_HOME/vaal</c>, <c>~/.cache/vaal</c>, or the system's like; null where the user has
    /// none.</summary>
    public static string? Folder
    {
        get
        {
            var user = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache

                    : OperatingSystem.IsLinux()
                    ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
                : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            return Path.IsPathRooted(user) ? Path.Combine(user, "vaal") : null;
        }
    }
}
