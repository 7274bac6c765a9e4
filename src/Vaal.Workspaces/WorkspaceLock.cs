using System.Globalization;
using System.Text.Json;

namespace Vaal.Workspaces;

/// <summary>
/// Held by a command that works long on a workspace, so that two do not. The system lets go of it when the process
/// ends, however it ends. Who holds it is written beside it.
/// </summary>
internal sealed class WorkspaceLock : IDisposable
{
    private const int ReadOnlyFileSystem = 30;                                       // EROFS
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);
    private readonly FileStream _file;
    private readonly string _holder;

    private sealed record Holder(string Command, int Pid, DateTimeOffset Since);

    private WorkspaceLock(FileStream file, string holder) => (_file, _holder) = (file, holder);

    /// <param name="name">which of the locks: <c>lock</c> or <c>labels.lock</c></param>
    /// <exception cref="InputException">another process holds it and did not let go within
    /// <paramref name="wait"/></exception>
    public static WorkspaceLock Take(
        string folder, string command, TimeSpan wait, CancellationToken cancel = default, string name = "lock")
    {
        var (path, holder, other) = (Path.Combine(folder, name), Path.Combine(folder, $"{name}.holder"), "");
        for (var until = DateTime.UtcNow + wait; ;)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                try
                {
                    if (!AtomicFile.KeepsOthersOut(path))
                        throw new InputException(
                            $"the file system of {folder} has no locks, so two commands could change the workspace at "
                            + "once; put the workspace on another one with --workspace");
                    Tell(holder, command);
                    return new(file, holder);
                }
                catch
                {
                    file.Dispose();
                    throw;
                }
            }
            catch (IOException e) when (AtomicFile.IsHeld(e))
            {
                // the last one that could be read: it may have ended at this moment
                if (Describe(holder) is { Length: > 0 } words) other = words;
                if (DateTime.UtcNow > until)
                    throw new InputException($"another vaal{other} works on this workspace; wait or stop it", e);
                cancel.WaitHandle.WaitOne(BetweenTries);
            }
            catch (Exception e) when (e is UnauthorizedAccessException || e.HResult == ReadOnlyFileSystem)
            {
                throw new InputException($"{folder} {Database.ReadOnlyWords}", e);
            }
        }
    }

    // a full disk must not keep away a command that makes room
    private static void Tell(string path, string command)
    {
        try
        {
            AtomicFile.WriteAllText(path, JsonSerializer.Serialize(
                new Holder(command, Environment.ProcessId, DateTimeOffset.Now), Json.Options));
        }
        catch (Exception e) when (AtomicFile.IsDiskFull(e)) { }
    }

    public void Dispose()
    {
        try { File.Delete(_holder); }
        // somebody is reading it; it says nothing once the lock is gone
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
        _file.Dispose();
    }

    private static string Describe(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Holder>(RegularFile.ReadAllText(path), Json.Options) is { } holder
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $" ({holder.Command}, pid {holder.Pid}, since {holder.Since.LocalDateTime:HH:mm})") : "";
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return "";                                                               // it has just begun or ended
        }
    }
}
